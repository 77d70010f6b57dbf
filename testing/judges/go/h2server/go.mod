module jumpstarter.dev/testing/judges/h2server

go 1.24
