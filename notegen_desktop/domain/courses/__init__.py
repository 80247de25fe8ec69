"""Courses: several videos read as one, for a guide over all of them.

Enter by `course.course_link` and `course.course_of`.
"""
