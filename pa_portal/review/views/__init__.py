"""The review's pages within the admin."""
