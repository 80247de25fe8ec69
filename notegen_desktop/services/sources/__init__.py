"""Where videos and their words come from: files, YouTube, and what else yt-dlp knows.

Come in through `router.build_sources`; `captions.read_caption_file` reads one file.
"""
