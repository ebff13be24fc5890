"""The review page: one file of HTML that shows findings side by side, to decide on them.

    contents       what a page holds, whatever it is about
    page           one file of HTML made of contents: what fits, escapes, the security policy
    found          the contents of what ``find`` found
    page.html, page.css, page.js   the page itself

Does not know: how copies are found, plans, checks.
"""
