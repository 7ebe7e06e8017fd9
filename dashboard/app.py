"""What `streamlit run dashboard/app.py` runs; `hotspan dashboard` runs the same."""

from hotspan_dashboard.frame import show

show()
