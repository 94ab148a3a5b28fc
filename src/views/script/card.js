// Starts what strangers' pages have a use for.
startForms(document);
