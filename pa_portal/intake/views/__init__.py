"""The provider's pages. Views are thin: they read through queries, write through actions, and draw."""
