"""Sources of videos and transcripts: files, YouTube, and everything else that yt-dlp supports.

Enter by `router.build_sources`; `captions.read_caption_file` reads one file.
"""
