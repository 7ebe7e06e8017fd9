"""The script that the launcher hands to Streamlit, which runs it anew for every change on the page."""

from hotspan_dashboard.frame import show

show()
