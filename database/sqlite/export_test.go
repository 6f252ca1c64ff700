package sqlite

// Address is the driver's address of a file, for connections of the site's.
var Address = address
