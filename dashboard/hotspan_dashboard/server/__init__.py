"""Starting the dashboard. The script is in a folder without pages/: Streamlit would take that for a site of its own."""
