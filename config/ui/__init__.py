"""Model-free blocks of web pages: tables, filters, forms, spreadsheets."""
