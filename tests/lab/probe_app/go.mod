module deadreckon.dev/lab/probe_app

go 1.24
