"""The server: the API over the lake, the built page, and the site's data as of now. Start with `app`, then `api`."""
