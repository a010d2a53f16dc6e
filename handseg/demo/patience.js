// Gradio gives up a page of which one request fails, and reloads it when the network is back, with all that the visitor
// made. So that none fails, what it asks waits for the network.
const AGAIN_AFTER = 1000; // milliseconds
const away = element.querySelector(".away");
const ask = window.fetch;
window.fetch = async (address, ...options) => {
  for (;;) {
    try {
      const answer = await ask(address, ...options);
      away.hidden = true;
      return answer;
    } catch (error) {
      if (!String(address).includes("/queue/") || error.name === "AbortError") throw error;
      away.hidden = false;
      await new Promise((again) => setTimeout(again, AGAIN_AFTER));
    }
  }
};
