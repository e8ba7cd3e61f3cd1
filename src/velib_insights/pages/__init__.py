"""What the site and the server send beside data: report documents, content security policy, media types, basemap.

Used by publishing and by the server. It reads no lake and opens no connection. Start with `report_html`.
"""
