"""What menus lead to: ex-post optimal allocation, replica economies, robustness (sections 3 to 4.3)."""
