"""What is never compared: isolated paths, older versions, languages, tabs of one page."""
