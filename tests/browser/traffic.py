"""What a page has been sent."""

from playwright.sync_api import Page


def frames_received(page: Page) -> list[bytes | str]:
    """A list that grows by each message from the server, after the page has been loaded anew."""
    frames: list[bytes | str] = []

    def take(frame: bytes | str) -> None:  # playwright takes no method of a list
        frames.append(frame)

    page.on("websocket", lambda socket: socket.on("framereceived", take))
    page.reload()
    return frames
