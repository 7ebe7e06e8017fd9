"""The Streamlit dashboard over the same answers."""
