"""Where recordings lie: folders, compressed files, archives and git histories, walked in flat memory.

`walk` yields every document it finds as a Member, which reads its bytes when asked, again and again. `git_history`
does the same for the versions of a file in a repository.
"""

from velib_insights.adapters.recordings.member import Member, Unreadable
from velib_insights.adapters.recordings.spool import Spool
from velib_insights.adapters.recordings.walk import walk

__all__ = ["Member", "Spool", "Unreadable", "walk"]
