package main

import (
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

const slice = 20 * time.Millisecond

var held struct {
	lock  sync.Mutex
	bytes []byte
}

var orders atomic.Int64

// burn answers at once and then uses that share of a core for that time, or until the next order.
func burn(w http.ResponseWriter, r *http.Request) {
	share, err := strconv.Atoi(r.PathValue("millicores"))
	length, wrong := strconv.ParseFloat(r.PathValue("seconds"), 64)
	if err != nil || wrong != nil || share < 0 || share > 1000 {
		http.Error(w, "ask for /burn/{0..1000}/{seconds}", http.StatusBadRequest)
		return
	}
	end := time.Now().Add(time.Duration(length * float64(time.Second)))
	busy := slice * time.Duration(share) / 1000
	order := orders.Add(1)
	go func() {
		for begin := time.Now(); begin.Before(end) && orders.Load() == order; begin = time.Now() {
			for time.Since(begin) < busy {
			}
			time.Sleep(slice - busy)
		}
	}()
	fmt.Fprintf(w, "burning %d millicores for %g s\n", share, length)
}

// hold keeps so much memory in use, instead of what was held before.
func hold(w http.ResponseWriter, r *http.Request) {
	size, err := strconv.Atoi(r.PathValue("mebibytes"))
	if err != nil || size < 0 || size > 4096 {
		http.Error(w, "ask for /hold/{0..4096}", http.StatusBadRequest)
		return
	}
	held.lock.Lock()
	defer held.lock.Unlock()
	held.bytes = nil
	debug.FreeOSMemory()
	held.bytes = make([]byte, size<<20)
	for at := 0; at < len(held.bytes); at += 4096 {
		held.bytes[at] = 1
	}
	fmt.Fprintf(w, "holding %d MiB\n", size)
}

// slow answers after that time.
func slow(w http.ResponseWriter, r *http.Request) {
	length, err := strconv.Atoi(r.PathValue("milliseconds"))
	if err != nil || length < 0 {
		http.Error(w, "ask for /slow/{milliseconds}", http.StatusBadRequest)
		return
	}
	time.Sleep(time.Duration(length) * time.Millisecond)
	fmt.Fprintf(w, "after %d ms\n", length)
}
