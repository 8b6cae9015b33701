"""What is said on WhatsApp."""
