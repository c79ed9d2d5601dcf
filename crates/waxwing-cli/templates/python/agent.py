"""The agent. Change `answer`, and start the program again:

    WAXWING_AGENT_SECRET=... PORT=9000 python3 agent.py
"""

import waxwing_agent


def answer(turn):
    """Returns the answer to a turn: one message of a user, or several that came in quick succession.

    `docs/http-agent.md` of Waxwing describes all keys of a turn and of an answer.
    """
    words = " ".join(message["text"] for message in turn["messages"]).strip()
    if words.lower() == "menu":
        choices = [{"id": "soup", "label": "Soup"}, {"id": "salad", "label": "Salad"}]
        return {"parts": [{"type": "question", "text": "What would you like?", "choices": choices}]}
    # Waxwing stores the state with the answer, so the agent needs no database.
    count = turn["session"]["state"].get("count", 0) + 1
    return {"parts": [{"type": "text", "text": f"{count}: you said {words}"}], "state": {"set": {"count": count}}}


if __name__ == "__main__":
    waxwing_agent.serve(answer)
