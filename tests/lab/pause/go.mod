module deadreckon.dev/lab/pause

go 1.24
