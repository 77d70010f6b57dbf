// The HTTP/2 server of Go's net/http, for the tests of our client: without TLS, or with the certificate given as
// arguments. Prints "READY port"; ends with its standard input; the line "shutdown" there ends it gracefully.
package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
)

var pattern = func() []byte {
	bytes := make([]byte, 64<<10)
	for i := range bytes {
		bytes[i] = byte((i * 31) ^ (i >> 8))
	}
	return bytes
}()

// echo sends the request's body back as it comes, then its trailers.
func echo(w http.ResponseWriter, r *http.Request) {
	w.WriteHeader(http.StatusOK)
	flusher := w.(http.Flusher)
	flusher.Flush()
	buffer := make([]byte, 32<<10)
	for {
		n, err := r.Body.Read(buffer)
		if n > 0 {
			if _, err := w.Write(buffer[:n]); err != nil {
				return
			}
			flusher.Flush()
		}
		if err != nil {
			break
		}
	}
	for name, values := range r.Trailer {
		w.Header()[http.TrailerPrefix+name] = values
	}
}

// source sends as many bytes of the pattern as the path says.
func source(w http.ResponseWriter, r *http.Request) {
	left, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/bytes/"))
	for left > 0 {
		n, err := w.Write(pattern[:min(left, len(pattern))])
		if err != nil {
			return
		}
		left -= n
	}
}

func handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/echo", echo)
	mux.HandleFunc("/bytes/", source)
	mux.HandleFunc("/early", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("link", "</style.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		io.WriteString(w, "late")
	})
	mux.HandleFunc("/trailers", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "body")
		w.Header().Set(http.TrailerPrefix+"x-trailer", "last")
	})
	mux.HandleFunc("/reset", func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("x-proto", r.Proto)
		io.WriteString(w, "hello "+r.Header.Get("x-name"))
	})
	return mux
}

func main() {
	server := &http.Server{
		Handler:   handler(),
		Protocols: new(http.Protocols),
		HTTP2:     &http.HTTP2Config{MaxConcurrentStreams: 10},
	}
	server.Protocols.SetHTTP2(true)
	server.Protocols.SetUnencryptedHTTP2(true)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		if len(os.Args) == 3 {
			done <- server.ServeTLS(listener, os.Args[1], os.Args[2])
		} else {
			done <- server.Serve(listener)
		}
	}()
	fmt.Printf("READY %d\n", listener.Addr().(*net.TCPAddr).Port)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		if lines.Text() == "shutdown" {
			server.Shutdown(context.Background())
			fmt.Println("DRAINED")
		}
	}
	server.Close()
	<-done
}
