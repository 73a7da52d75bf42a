// The library that Centrifugo is made of, as a server for the table of peers: everybody may connect and subscribe, and
// POST /_broadcast takes what abilityd takes there. No history, no presence, no pings: the bench uses none.
// usage: centrifuge_server PORT
package main

import (
	"context"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/centrifugal/centrifuge"
)

type publication struct {
	Stream string `json:"stream"`
	Data   string `json:"data"`
}

// One publication, or an array of them.
func read(body io.Reader) ([]publication, error) {
	text, err := io.ReadAll(body)
	if err != nil {
		return nil, err
	}
	var all []publication
	if len(text) > 0 && text[0] == '[' {
		err = json.Unmarshal(text, &all)
	} else {
		all = make([]publication, 1)
		err = json.Unmarshal(text, &all[0])
	}
	return all, err
}

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: centrifuge_server PORT")
	}
	node, err := centrifuge.New(centrifuge.Config{ClientQueueMaxSize: 4 << 20})
	if err != nil {
		log.Fatal(err)
	}
	node.OnConnecting(func(context.Context, centrifuge.ConnectEvent) (centrifuge.ConnectReply, error) {
		return centrifuge.ConnectReply{Credentials: &centrifuge.Credentials{}}, nil
	})
	node.OnConnect(func(client *centrifuge.Client) {
		client.OnSubscribe(func(_ centrifuge.SubscribeEvent, done centrifuge.SubscribeCallback) {
			done(centrifuge.SubscribeReply{}, nil)
		})
	})
	if err := node.Run(); err != nil {
		log.Fatal(err)
	}
	http.Handle("/cable", centrifuge.NewWebsocketHandler(node, centrifuge.WebsocketConfig{
		CheckOrigin:        func(*http.Request) bool { return true },
		UseWriteBufferPool: true,
		PingPongConfig:     centrifuge.PingPongConfig{PingInterval: -1 * time.Second},
	}))
	http.HandleFunc("/_broadcast", func(w http.ResponseWriter, r *http.Request) {
		all, err := read(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		for _, each := range all {
			if _, err := node.Publish(each.Stream, []byte(each.Data)); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
		}
		w.WriteHeader(http.StatusCreated)
	})
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Args[1], nil))
}
