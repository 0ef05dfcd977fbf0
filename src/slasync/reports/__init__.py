"""What people read about leads and policies, worked out from domain and store alone."""
