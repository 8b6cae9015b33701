"""Steps that dialogs share."""
