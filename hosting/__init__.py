"""What puts the studio up for others: container, Space, several processes behind nginx."""
