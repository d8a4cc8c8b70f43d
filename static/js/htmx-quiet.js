// htmx notes the address of the page in sessionStorage as soon as it loads, history or not. Nothing here reads that.
sessionStorage.removeItem("htmx-current-path-for-history");
