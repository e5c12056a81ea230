"""What the admin pages of every app share: theme, navigation, kinds of rows, pictures."""
