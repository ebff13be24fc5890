"""What is told: findings, which of them are new, which are accepted."""
