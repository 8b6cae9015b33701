"""What is said on WhatsApp, out and in."""
