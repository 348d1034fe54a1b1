"""From folders to rows: walk, metadata, the workers that listen, the watch."""
