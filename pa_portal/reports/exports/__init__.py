"""Files of cases: CSV and XLSX, from the same columns and the same rows."""
