"""What tests start by themselves: PostgreSQL, redis-server, Chromium, Xvfb. On free loopback ports, and stopped."""
