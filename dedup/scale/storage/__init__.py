"""The work folder of a job, and the arrays in it.

    folder      which job the folder holds, how far that is, which files count
    layout      the columns of a job: names, types, who is done with them when
    column      one array in a file, read and written at any place
    radix       records in one file for each range of rows
    lock        the folder locked against other runs

Does not know: what a stage computes.
"""
