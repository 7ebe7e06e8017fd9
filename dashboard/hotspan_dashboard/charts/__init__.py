"""Charts as pure functions of results of hotspan_analysis: each gives a Chart, a Plotly figure with its alt text."""
