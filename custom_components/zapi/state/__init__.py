"""What is true of an instance, and since when: pure rules, without Home Assistant."""
