// Probe-app is the lab's fixture: a small server whose probes a test can make fail and recover.
//
//	PORT           where it serves (8000)
//	VERSION        what it says it is ("built" otherwise, or what the image's author set)
//	START_SECONDS  how long startup fails at first (0)
//	STARTUP_NEVER  1: startup never passes
//	EXIT_CODE      leave at once with this code and some last words
//	DRAIN_SECONDS  how long it goes on serving after SIGTERM, not ready (2)
//
// It makes work on command: `POST /burn/{millicores}/{seconds}` (or until the next), `POST /hold/{MiB}` (0 lets go), `GET /slow/{milliseconds}`.
//
// `probe-app check [url]` exits 0 or 1 as the readiness of its own container (or what the url names) does, for exec probes.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"sync"
	"syscall"
	"time"
)

type probes struct {
	lock  sync.Mutex
	state map[string]bool
}

func (p *probes) get(name string) bool {
	p.lock.Lock()
	defer p.lock.Unlock()
	return p.state[name]
}

func (p *probes) set(name string, value bool) bool {
	p.lock.Lock()
	defer p.lock.Unlock()
	if _, known := p.state[name]; !known {
		return false
	}
	p.state[name] = value
	return true
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "check" {
		os.Exit(check())
	}
	if code := os.Getenv("EXIT_CODE"); code != "" {
		number, _ := strconv.Atoi(code)
		fmt.Printf("probe-app leaves with code %d, as EXIT_CODE asks\n", number)
		os.Exit(number)
	}
	serve()
}

func serve() {
	own := &probes{state: map[string]bool{"startup": false, "readiness": true, "liveness": true}}
	if os.Getenv("STARTUP_NEVER") != "1" {
		time.AfterFunc(seconds("START_SECONDS", 0), func() { own.set("startup", true) })
	}
	server := &http.Server{Addr: ":" + setting("PORT", "8000"), Handler: logged(routes(own))}
	stopped := make(chan struct{})
	go drain(server, own, stopped)
	fmt.Printf("probe-app %s serves on %s\n", setting("VERSION", "built"), server.Addr)
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		fmt.Println(err)
		os.Exit(1)
	}
	<-stopped
	fmt.Println("probe-app has drained")
}

// drain keeps serving for a while after SIGTERM: those who send requests learn a little later that we go.
func drain(server *http.Server, own *probes, stopped chan<- struct{}) {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGTERM, syscall.SIGINT)
	<-asked
	fmt.Println("probe-app was asked to stop; not ready, drains")
	own.set("readiness", false)
	time.Sleep(seconds("DRAIN_SECONDS", 2))
	patience, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_ = server.Shutdown(patience)
	close(stopped)
}

func routes(own *probes) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", hello)
	mux.HandleFunc("GET /{probe}", func(w http.ResponseWriter, r *http.Request) { answer(own, w, r) })
	mux.HandleFunc("GET /{probe}/{$}", func(w http.ResponseWriter, r *http.Request) { answer(own, w, r) })
	mux.HandleFunc("POST /set/{probe}/{value}", func(w http.ResponseWriter, r *http.Request) { change(own, w, r) })
	mux.HandleFunc("POST /burn/{millicores}/{seconds}", burn)
	mux.HandleFunc("POST /hold/{mebibytes}", hold)
	mux.HandleFunc("GET /slow/{milliseconds}", slow)
	return mux
}

func hello(w http.ResponseWriter, _ *http.Request) {
	name, _ := os.Hostname()
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{
		"hostname": name, "version": setting("VERSION", "built"), "uid": strconv.Itoa(os.Getuid()),
	})
}

func answer(own *probes, w http.ResponseWriter, r *http.Request) {
	probe := r.PathValue("probe")
	own.lock.Lock()
	passes, known := own.state[probe]
	own.lock.Unlock()
	switch {
	case !known:
		http.NotFound(w, r)
	case !passes:
		http.Error(w, probe+" fails", http.StatusServiceUnavailable)
	default:
		fmt.Fprintln(w, probe+" passes")
	}
}

func change(own *probes, w http.ResponseWriter, r *http.Request) {
	value, err := strconv.ParseBool(r.PathValue("value"))
	if err != nil || !own.set(r.PathValue("probe"), value) {
		http.Error(w, "ask for /set/{startup|readiness|liveness}/{true|false}", http.StatusBadRequest)
		return
	}
	fmt.Fprintf(w, "%s is now %t\n", r.PathValue("probe"), value)
}

type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

func logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen := &recorder{w, http.StatusOK}
		next.ServeHTTP(seen, r)
		fmt.Printf("%s %s %d %s\n", r.Method, r.URL.Path, seen.status, r.UserAgent())
	})
}

func check() int {
	url := "http://127.0.0.1:" + setting("PORT", "8000") + "/readiness"
	if len(os.Args) > 2 {
		url = os.Args[2]
	}
	client := &http.Client{Timeout: time.Second}
	response, err := client.Get(url)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		fmt.Println(url, response.Status)
		return 1
	}
	return 0
}

func setting(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}

func seconds(name string, otherwise float64) time.Duration {
	value, err := strconv.ParseFloat(os.Getenv(name), 64)
	if err != nil {
		value = otherwise
	}
	return time.Duration(value * float64(time.Second))
}
