"""Files of rows that people keep in spreadsheets, CSV and XLSX: read and written. Pure."""
