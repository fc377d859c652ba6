# Names the verbs; what they do is in ./run, which works without make too.
.PHONY: run test test-all bench lock
run:
	@exec ./run $(if $(PORT),--port $(PORT))
test:
	@exec ./run test
test-all:
	@exec ./run test-all
bench:
	@exec ./run bench $(NAME)
lock:
	@exec ./run lock
