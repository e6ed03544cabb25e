"""Pictures: plain tables in, Plotly figures out. Colours of text and ground are the page's."""
