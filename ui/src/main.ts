// Starts the interface over the host that the page runs in.

import "./app.css";
import { mount } from "svelte";
import Root from "./App.svelte";
import { connect } from "./lib/backend";
import { App } from "./lib/state/app.svelte";

const target = document.getElementById("app");
if (!target) throw new Error("The page has no place for the interface.");
mount(Root, { target, props: { app: new App(connect()) } });
