package main

import (
	"fmt"
	"strings"
)

// testCard is a card as a library writes it.
type testCard struct {
	number, name, phone string
}

func (c testCard) String() string {
	name := c.name
	if name == "" {
		name = "Dupré"
	}
	phone := ""
	if c.phone != "" {
		phone = "<telephone>" + c.phone + "</telephone>"
	}
	return "<carte><numero>" + c.number + "</numero><nom>" + name + "</nom><prenom>Hélène</prenom><date-naissance>1980-02-29</date-naissance>" +
		phone + validEnrolment + "</carte>\n"
}

const validEnrolment = "<inscription><premiere>2024-09-03</premiere><fin>2099-09-09</fin></inscription>"

// phoneOf writes a counter as a telephone number.
func phoneOf(n int) string { return fmt.Sprintf("04%08d", n) }

const prologue = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"

func documentHead(establishment string) string {
	return prologue + `<cartes xmlns="urn:carte-reseau:1" etablissement="` + establishment + `">` + "\n"
}

func documentOf[C any](establishment string, list ...C) string {
	var b strings.Builder
	b.WriteString(documentHead(establishment))
	for _, card := range list {
		fmt.Fprint(&b, card)
	}
	b.WriteString("</cartes>\n")
	return b.String()
}

func manyCardNumber(prefix string, i int) string { return fmt.Sprintf("%s%06d", prefix, i) }

func manyCards(prefix string, count int) []testCard {
	list := make([]testCard, count)
	for i := range list {
		list[i] = testCard{number: manyCardNumber(prefix, i), phone: phoneOf(i)}
	}
	return list
}
