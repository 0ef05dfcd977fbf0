"""Keeps the agreement between marketing and sales true inside the CRM."""
