-- lock_down: from here on no statement can reach files, the network, Python's variables, or undo this.
set python_enable_replacements = false;
set enable_external_access = false;
set lock_configuration = true;
