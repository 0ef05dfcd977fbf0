"""The steps: each claims a batch of rows, acts outside any transaction, settles in another."""
