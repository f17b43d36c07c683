"""Pages for people: server-rendered, one module per noun. A page shows what actions give; it decides nothing."""
