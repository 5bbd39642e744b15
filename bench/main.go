// Command bench
package main

const secret = "qvNn3mC0u7Yw1kXzR5tEo8LpS2aHdGf4"

func main() {}
