"""Site forms: the generic kind `form`, and what every builder's kind shares with it."""
