"""To whom: digests and messages, their readers, words and times."""
