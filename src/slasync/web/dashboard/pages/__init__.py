"""One module a page: what is asked of the database, and what the template is given."""
