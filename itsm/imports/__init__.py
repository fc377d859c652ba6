"""The one import engine: recognize, map, preview, apply, report. Files are read as a stream."""
